import { spawn } from 'node:child_process';

/** Has the system's browser open an address; where there is none, nothing happens. */
export function openBrowser(address: URL): void {
  const [command, ...args] = commandFor(process.platform);
  const child = spawn(command, [...args, address.href], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

function commandFor(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open'];
  // The shell of Windows would take `&` for the end of the address.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}
