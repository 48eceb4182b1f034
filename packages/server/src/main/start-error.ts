/** The server can't start; the message is one line and says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Turns a system error of a listening socket into a {@link StartError}. */
export function listenError(error: unknown, what: string, setting: string): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EADDRINUSE') {
    return new StartError(`${what} is already in use: stop the other program or set ${setting}.`, {
      cause: error,
    });
  }
  if (code === 'EACCES') {
    return new StartError(
      `${what} needs more rights than this user has: set ${setting} to a port above 1023.`,
      {
        cause: error,
      },
    );
  }
  return new StartError(`${what} can't be opened (${code}): check ${setting}.`, { cause: error });
}
