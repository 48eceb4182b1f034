import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freeMediaPort } from './free-port.ts';

/** A certificate that OpenSSL made, and its key. */
export interface OpensslCertificate {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly certificateDer: Uint8Array;
}

/** How many bytes of keys OpenSSL exports: what AES-128-GCM needs. */
const EXPORTED_BYTES = 56;
const SRTP_PROFILES = 'SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80';
/** Switches the extended master secret off, which no option of the commands does. */
const WITHOUT_EXTENDED_MASTER_SECRET = `openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
Options = -ExtendedMasterSecret
`;

/** A folder of certificates and configuration, which is gone at the end. */
export class OpensslFolder {
  readonly #path = mkdtempSync(join(tmpdir(), 'prism-openssl-'));

  /** The path of a configuration of OpenSSL without the extended master secret. */
  oldMasterSecretConfig(): string {
    const path = join(this.#path, 'old-master-secret.cnf');
    writeFileSync(path, WITHOUT_EXTENDED_MASTER_SECRET);
    return path;
  }

  /** @param keyArgs - What `openssl genpkey` makes, like `['-algorithm', 'ED25519']`. */
  makeCertificate(name: string, keyArgs: readonly string[]): OpensslCertificate {
    const keyPath = join(this.#path, `${name}.key`);
    const certificatePath = join(this.#path, `${name}.pem`);
    const stdio = 'ignore';
    execFileSync('openssl', ['genpkey', '-out', keyPath, ...keyArgs], { stdio });
    const subject = ['-days', '30', '-subj', '/CN=peer'];
    const request = ['req', '-x509', '-new', '-key', keyPath, '-out', certificatePath, ...subject];
    execFileSync('openssl', request, { stdio });
    const certificateDer = new X509Certificate(readFileSync(certificatePath)).raw;
    return { certificatePath, keyPath, certificateDer };
  }

  remove(): void {
    rmSync(this.#path, { recursive: true });
  }
}

export interface OpensslOptions {
  readonly certificate: OpensslCertificate;
  /** Further arguments of the command. */
  readonly args?: readonly string[];
  /** A file of configuration. */
  readonly configPath?: string | undefined;
}

/** `openssl s_server` or `s_client` with DTLS 1.2, `use_srtp` and certificates of both ends. */
export class OpensslDtls {
  readonly port: number;
  output = '';
  readonly #process: ChildProcess;

  private constructor(port: number, command: readonly string[], options: OpensslOptions) {
    this.port = port;
    const { certificatePath, keyPath } = options.certificate;
    const { OPENSSL_CONF: _unused, ...environment } = process.env;
    this.#process = spawn(
      'openssl',
      [
        ...command,
        ...['-cert', certificatePath, '-key', keyPath, '-use_srtp', SRTP_PROFILES],
        ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(EXPORTED_BYTES)],
        ...(options.args ?? ['-dtls1_2']),
      ],
      {
        env:
          options.configPath === undefined
            ? environment
            : { ...environment, OPENSSL_CONF: options.configPath },
        stdio: 'pipe',
      },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output += data.toString();
      });
    // It may be gone before it is written to.
    this.#process.stdin?.on('error', () => undefined);
  }

  get isServer(): boolean {
    return this.#process.spawnargs.includes('s_server');
  }

  static async server(options: OpensslOptions): Promise<OpensslDtls> {
    const port = await freeMediaPort();
    // It asks for a certificate, takes the group that it likes best, and leaves after its first connection.
    const wants = ['-Verify', '1', '-serverpref', '-naccept', '1'];
    const command = ['s_server', '-accept', `127.0.0.1:${port}`, ...wants];
    const server = new OpensslDtls(port, command, options);
    await eventually('openssl s_server', () => server.output.includes('ACCEPT'));
    return server;
  }

  static client(port: number, options: OpensslOptions): OpensslDtls {
    return new OpensslDtls(port, ['s_client', '-connect', `127.0.0.1:${port}`], options);
  }

  /** Whether the command has ended, by itself or not. */
  get isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** The keys that it exports for SRTP, in hexadecimal. */
  async exportedKeys(): Promise<string> {
    const find = (): string | undefined => /Keying material: ([0-9A-F]+)/.exec(this.output)?.[1];
    return (await eventually('exported keys', find)).toLowerCase();
  }

  /** Sends a line to its peer; `Q` ends the connection. */
  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  async stop(): Promise<void> {
    if (this.isOver) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill();
    await exited;
  }
}
