// An MCP server that repeats what it is told, and its environment: node stdio.mjs
import { createInterface } from 'node:readline';
import { answerOf } from './says.mjs';

process.stderr.write(`${JSON.stringify(process.env)}\n`);
createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.params?.name === 'die') {
    process.stderr.write(`${Object.values(process.env).join('\n')}\n`, () => process.exit(3));
    return;
  }
  const answer = answerOf(message, { env: process.env });
  if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`);
});
