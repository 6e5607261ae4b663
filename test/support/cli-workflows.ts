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
