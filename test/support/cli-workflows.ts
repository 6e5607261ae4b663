/** Three calls, each with what the one before gave. */
export const chain = `name: chain
inputs:
  id: string
steps:
  - tool: render/get_service
    params: { id: $id }
  - tool: render/restart_service
    params: { id: $step_1.id }
  - tool: github/create_service
    params: { text: Restarted $step_2.id }
output: { posted: $step_3.text }
`;

/**
 * Steps that hold a run up until its project has a file `go`, so that a test may take its time meanwhile; what the
 * first one logs tells that the run has come so far.
 */
export const gate = `  - log: stands at the gate
  - id: gate
    run: test -e go && echo open || echo shut
    effect: read
    until: $contains($gate.stdout, 'open')
    every: 100ms
    timeout: 10m
`;

/** A read and a write. */
export const recovery = `name: recovery
inputs:
  id: string
steps:
  - id: status
    tool: render/get_service
    params: { id: $id }
  - id: restart
    tool: render/restart_service
    params: { id: $status.id }
`;
