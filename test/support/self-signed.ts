import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A certificate for 127.0.0.1 that nobody vouches for. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1';

let made: Promise<Certificate> | undefined;

/** Makes it once in a process; needs `openssl`. */
export function selfSigned(): Promise<Certificate> {
  return (made ??= make());
}

async function make(): Promise<Certificate> {
  const { stdout } = await promisify(execFile)('openssl', [...request.split(' '), '-keyout', '-', '-out', '-']);
  const [, key = '', cert = ''] = /^(.*-----END PRIVATE KEY-----\n)(.*)$/s.exec(stdout) ?? [];
  return { key, cert };
}
