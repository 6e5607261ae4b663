import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The same three calls as `measure/chained.sh`. */
const chained = `name: chained
steps:
  - tool: stripe/create_customer
    params: { email: a@example.com }
  - tool: stripe/create_subscription
    params: { customer: $step_1.id }
  - tool: github/create_issue
    params: { title: "New subscription $step_2.id" }
`;

/** Writes a project with the workflow `chained`; gives its folder. */
export function chainedProject(folder: string): string {
  return project(folder, 'chained', chained);
}

/** Writes a project with a workflow of so many steps, each with a reference to the one before. */
export function longProject(folder: string, steps: number): string {
  return project(folder, 'long', longWorkflow('long', steps));
}

/** A workflow of so many calls in a chain, with what people usually write around them. */
export function longWorkflow(name: string, steps: number): string {
  const first = `  - id: service_1\n    tool: render/create_service\n    params: { name: first, plan: starter }\n`;
  const rest = Array.from({ length: steps - 1 }, (_, index) => {
    const [before, own] = [index + 1, index + 2];
    return (
      `  - id: service_${own}\n    tool: render/update_service\n    timeout: 2m\n    retry: { max: 2, delay: 1s }\n` +
      `    params:\n      id: $service_${before}.id\n      name: service ${own}\n      tags: [web, "after $service_${before}.id"]\n`
    );
  });
  return `name: ${name}\ndescription: A chain of ${steps} steps.\nsteps:\n${first}${rest.join('')}`;
}

function project(folder: string, name: string, text: string): string {
  mkdirSync(join(folder, 'workflows'));
  writeFileSync(join(folder, 'workflows', `${name}.yaml`), text);
  return folder;
}
