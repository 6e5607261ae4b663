import type { Json } from '../../../src/model/json.ts';
import { describeConnector, type ConnectorHarness } from '../../contracts/connector.ts';
import { connectorFor, hangingCalls, removeFolder, temporaryFolder, toolCall, toyTarget } from './harness.ts';
import { startToyHttp } from './toy-http.ts';

const calls = {
  answering: (word: string) => toolCall('word', { word }),
  wordIn: (output: Json) => output,
  refused: () => toolCall('refuse'),
  hanging: () => toolCall('hang'),
};

describeConnector('an MCP server over stdio', () => {
  const folder = temporaryFolder();
  const connector = connectorFor(toyTarget(folder), folder);
  const missing = connectorFor({ kind: 'stdio', command: 'no-such-command', args: [], env: {} }, folder);
  const harness: ConnectorHarness = {
    ...calls,
    connector,
    unreachable: () => ({ connector: missing, action: toolCall('word') }),
    hangingNow: () => hangingCalls(folder),
    async close() {
      await connector.close();
      await missing.close();
      removeFolder(folder);
    },
  };
  return Promise.resolve(harness);
});

describeConnector('an MCP server over HTTP', async () => {
  const folder = temporaryFolder();
  const toy = await startToyHttp();
  const connector = connectorFor({ kind: 'http', url: toy.url, headers: {} }, folder);
  const nowhere = connectorFor({ kind: 'http', url: 'http://127.0.0.1:1/mcp', headers: {} }, folder);
  return {
    ...calls,
    connector,
    unreachable: () => ({ connector: nowhere, action: toolCall('word') }),
    hangingNow: () => toy.hanging(),
    async close() {
      await connector.close();
      await nowhere.close();
      await toy.close();
      removeFolder(folder);
    },
  };
});
