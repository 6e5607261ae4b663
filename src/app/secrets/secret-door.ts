import type { CallContext, Connector } from '../../engine/ports.ts';
import type { StepResult } from '../../model/actions.ts';
import type { Redactor } from '../../model/redaction.ts';
import { shownHandles } from '../../model/secrets.ts';
import type { Vault } from './vault.ts';

/**
 * The one place where secrets meet a call: they are filled in right before it, and taken out of whatever it says, so
 * that a far side that repeats what it was sent brings it neither into the journal nor into the params of later steps.
 */
export function secretDoor(connector: Connector, vault: Vault, redactor: Redactor): Connector {
  return {
    async call(action, context, signal) {
      const filled = vault.fill(context.run, action);
      if (!filled.ok) return filled;
      return redacted(await connector.call(filled.action, outward(context), signal), redactor);
    },
  };
}

/** An author's own idempotency key may hold a handle by way of a `set` step, and the mark of one must stay here. */
function outward(context: CallContext): CallContext {
  const idempotencyKey = shownHandles(context.idempotencyKey);
  return idempotencyKey === context.idempotencyKey ? context : { ...context, idempotencyKey };
}

function redacted(result: StepResult, redactor: Redactor): StepResult {
  if (result.ok) {
    const output = redactor.json(result.output);
    return output === result.output ? result : { ...result, output };
  }
  const { message, hint } = result.fault;
  const fault = { ...result.fault, message: redactor.text(message) };
  return { ok: false, fault: hint === undefined ? fault : { ...fault, hint: redactor.text(hint) } };
}
