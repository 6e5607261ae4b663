import type { UndoPrepared } from '../../model/events.ts';
import { declaredKey, type CallStep, type Workflow, type WorkflowStep } from '../../model/workflow.ts';
import type { History } from './history.ts';
import { renamed } from './rekey.ts';
import { stepsWithin } from '../../model/block-bodies.ts';

export interface PreparedUndo {
  readonly prepared: UndoPrepared;
  readonly step: CallStep | WorkflowStep;
}

/** The compensations of a run, in the order in which their effects succeeded. */
export class Undos {
  private readonly prepared: UndoPrepared[];
  private readonly workflow: Workflow;

  constructor(history: History, workflow: Workflow) {
    this.prepared = [...history.undos];
    this.workflow = workflow;
  }

  add(prepared: UndoPrepared): void {
    this.prepared.push(prepared);
  }

  has(key: string): boolean {
    return this.prepared.some((known) => known.key === key);
  }

  /** The last effect first. */
  inReverse(): readonly PreparedUndo[] {
    if (this.prepared.length === 0) return [];
    const steps = new Map(
      this.workflow.steps.flatMap(stepsWithin).flatMap(({ undo }) => (undo ? [[declaredKey(undo), undo]] : [])),
    );
    return this.prepared.toReversed().flatMap((prepared) => {
      const step = steps.get(prepared.declared ?? prepared.key);
      return step ? [{ prepared, step: renamed(step, prepared.key) }] : [];
    });
  }
}
