import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/app/environment.ts';

describe('the environment', () => {
  it('gives what it says, in milliseconds', () => {
    const variables = {
      MCP_BRIDGE_URL: 'https://bridge.example.com/base',
      MCP_API_KEY: 'key',
      MCP_CACHE_ENABLED: 'false',
      MCP_CACHE_DEFAULT_TTL: '60',
      MCP_MAX_RETRIES: '5',
      MCP_RETRY_DELAY_BASE: '0.5',
      RUNNER_HOME: '/var/lib/runner',
      RUNNER_MODE: 'read_only',
    };

    expect(readEnvironment(variables)).toEqual({
      bridgeUrl: 'https://bridge.example.com/base',
      apiKey: 'key',
      cacheEnabled: false,
      cacheTtlMs: 60_000,
      maxRetries: 5,
      retryDelayMs: 500,
      home: '/var/lib/runner',
      mode: 'read_only',
    });
  });

  it('gives nothing for variables that are unset or empty', () => {
    expect(readEnvironment({ MCP_BRIDGE_URL: '', MCP_API_KEY: undefined })).toEqual({});
  });

  it.each([
    ['MCP_BRIDGE_URL', 'bridge.example.com'],
    ['MCP_BRIDGE_URL', 'ftp://bridge.example.com'],
    ['MCP_API_KEY', 'two\nlines'],
    ['MCP_CACHE_ENABLED', 'maybe'],
    ['MCP_CACHE_DEFAULT_TTL', '5m'],
    ['MCP_CACHE_DEFAULT_TTL', '-1'],
    ['MCP_MAX_RETRIES', '1.5'],
    ['MCP_MAX_RETRIES', '1000'],
    ['MCP_RETRY_DELAY_BASE', 'fast'],
    ['RUNNER_MODE', 'read-only'],
  ])('refuses %s=%s and names the variable', (name, value) => {
    expect(() => readEnvironment({ [name]: value })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(name) as string }) as Error,
    );
  });

  it('never repeats the key in its message', () => {
    expect(() => readEnvironment({ MCP_API_KEY: 'hunter2\nx' })).not.toThrow(/hunter2/);
  });
});
