import type { Performance, ToolMetrics } from './types.ts';

type Known = Pick<Performance, 'runs' | 'cacheEntries' | 'cacheEnabled'>;

/** The figures of all tools added up. */
export function overallPerformance(tools: readonly ToolMetrics[], known: Known): Performance {
  const total = (figure: (tool: ToolMetrics) => number): number => tools.reduce((sum, tool) => sum + figure(tool), 0);
  const calls = total((tool) => tool.totalCalls);
  const hits = total((tool) => tool.cacheHits);
  const lookUps = hits + total((tool) => tool.cacheMisses);
  return {
    totalToolsUsed: new Set(tools.map(({ server, tool }) => `${server}/${tool}`)).size,
    totalExecutions: calls,
    successRate: calls === 0 ? 1 : total((tool) => tool.successfulCalls) / calls,
    retries: total((tool) => tool.retries),
    fallbacks: total((tool) => tool.fallbacks),
    ...known,
    cacheHitRate: lookUps === 0 ? 0 : hits / lookUps,
    tools,
  };
}
