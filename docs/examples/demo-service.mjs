#!/usr/bin/env node
/**
 * A small service to break and to recover (docs/workflows.md).
 *
 *   PORT=4790 node demo-service.mjs
 *   GET  /health  200 {"status":"ok"}; after POST /break 503 {"status":"ill"}, until it is restarted
 *   POST /break
 */
import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 4790);
let isWell = true;

function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  switch (`${request.method} ${request.url}`) {
    case 'GET /health':
      return send(response, isWell ? 200 : 503, { status: isWell ? 'ok' : 'ill', pid: process.pid });
    case 'POST /break':
      isWell = false;
      console.error('Broken on request; only a restart helps.');
      return send(response, 200, { status: 'ill' });
    default:
      return send(response, 404, { error: 'It has GET /health and POST /break.' });
  }
});

server.on('error', (error) => {
  console.error(`The service cannot listen on port ${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => console.log(`Listening on port ${port}, process ${process.pid}`));
process.once('SIGTERM', () => process.exit(0));
