// A server on the SDK, which speaks both revisions of the protocol, over stdio.
import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

serveStdio(() => {
  const server = new McpServer({ name: 'both', version: '1' });
  const inputSchema = fromJsonSchema({ type: 'object', properties: { word: { type: 'string' } }, required: ['word'] });
  server.registerTool('word', { description: 'Says a word', inputSchema }, ({ word }) => ({
    content: [{ type: 'text', text: word }],
  }));
  return server;
});
