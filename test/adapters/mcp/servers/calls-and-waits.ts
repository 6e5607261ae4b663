// tsx calls-and-waits.ts <folder> <mode>: a runner that has called a server and goes on living.
import { connectorFor, perform, toyTarget } from '../harness.ts';

const [folder = '', mode = ''] = process.argv.slice(2);
const server = connectorFor(toyTarget(folder, mode), folder);
await perform(server, 'word', { word: 'up' });
process.stdout.write('up\n');
setInterval(() => undefined, 1_000);
