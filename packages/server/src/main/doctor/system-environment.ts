import { networkInterfaces } from 'node:os';
import { systemClock } from '../../runtime/system-clock.ts';
import type { DoctorEnvironment } from './environment.ts';
import { callServer } from './probes/call-probe.ts';
import { askHttp } from './probes/http-probe.ts';
import { descriptorCountMax, isContainer, readCertificate } from './probes/machine-probes.ts';
import { askRelay } from './probes/relay-probe.ts';
import {
  lookUp,
  openConnection,
  tryHttpPort,
  tryMediaTcp,
  tryMediaUdp,
} from './probes/socket-probes.ts';
import { dialUpstream, tryEngine } from './probes/upstream-probe.ts';

/** The machine that this process runs on. */
export function systemEnvironment(about: {
  readonly prismVersion: string;
  readonly developmentTlsFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): DoctorEnvironment {
  const clock = systemClock;
  return {
    clock,
    prismVersion: about.prismVersion,
    nodeVersion: process.versions.node,
    readInterfaces: networkInterfaces,
    isContainer: () => isContainer(about.env),
    descriptorCountMax,
    developmentTlsFolder: about.developmentTlsFolder,
    readCertificate,
    tryHttpPort,
    tryMediaUdp,
    tryMediaTcp: (place) => tryMediaTcp(place, clock),
    lookup: lookUp,
    connect: (place, signal) => openConnection(place, signal, clock),
    request: (question, signal) => askHttp(question, signal, clock),
    dialUpstream: (target, signal) => dialUpstream(target, signal, clock),
    tryEngine: (scenarioPath, signal) => tryEngine(scenarioPath, signal, clock),
    askRelay: (question, signal) => askRelay(question, signal, clock),
    call: (question, signal) => callServer(question, signal, clock),
  };
}
