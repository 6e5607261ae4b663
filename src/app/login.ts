import { RunnerError } from '../model/errors.ts';

/**
 * Refuses an address whose user or password cannot be decoded, before anything uses it.
 * @param what names the address: `the bridge in MCP_BRIDGE_URL`
 * @throws RunnerError CONFIG_INVALID
 */
export function requireReadableLogin(address: string, what: string): void {
  if (!URL.canParse(address)) return;
  const { username, password } = new URL(address);
  try {
    decodeURIComponent(username + password);
  } catch (cause) {
    // Without its value, which holds a password.
    throw new RunnerError('CONFIG_INVALID', `The address of ${what} has a stray % before its @.`, {
      hint: 'Write a percent sign there as %25.',
      cause,
    });
  }
}

/**
 * The password in an address, as written and as meant; none where there is none.
 * Give only what {@link requireReadableLogin} let through.
 */
export function passwordsOf(address: string): readonly string[] {
  const password = URL.canParse(address) ? new URL(address).password : '';
  return password === '' ? [] : [password, decodeURIComponent(password)];
}
