import nodeDataChannel from 'node-datachannel';

/**
 * Takes over the WebRTC stack's warnings and errors, which it otherwise prints on standard output. For the program
 * only, not the library: the log is the process's.
 */
export function captureStackLog(warn: (message: string) => void): void {
  nodeDataChannel.initLogger('Warning', (level, message) => warn(`${level}: ${message}`));
}
