import { userInfo } from 'node:os';

/** For the record of who did something by hand. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
