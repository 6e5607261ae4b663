import type { Fault } from '../../../model/faults.ts';

/** Carries a fault through the SDK, which knows only errors. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'FaultError';
    this.fault = fault;
  }
}
