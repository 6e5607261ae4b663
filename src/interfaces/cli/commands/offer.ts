import { offerKinds, offersOf } from '../../../app/offers.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

/** Shells expand what they are offered: a name from a server must not become a command of the person who types. */
const plainWord = /^[\w@%+=:,./-]+$/;

/** `runner offer`: for shells, which show whatever is printed; so nothing is said when something is wrong. */
export async function offer(context: CliContext, asked: string): Promise<number> {
  const kind = offerKinds.find((known) => known === asked);
  if (kind === undefined) return exitCodes.success;
  try {
    await withApp(context, {}, async (app) => {
      const words = (await offersOf(app, kind)).filter((word) => plainWord.test(word));
      for (const each of words) context.terminal.print(each);
    });
  } catch {
    // A person who presses Tab wants no report; the command itself will tell.
  }
  return exitCodes.success;
}
