/** Questions to the person at the terminal, each answered with a line. */
export interface Prompt {
  /** Undefined without an answer: Ctrl-C, Ctrl-D, or the question is over. */
  ask(question: string): Promise<string | undefined>;
  close(): void;
}

/** Takes over stdin and stdout until it is closed. @param over ends a question that nobody needs to answer any more */
export async function openPrompt(over: AbortSignal): Promise<Prompt> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: process.stdin, output: process.stdout, historySize: 0 });
  const left = new AbortController();
  // Without a listener the reader would only pause at Ctrl-C, and at Ctrl-D the question would never end.
  for (const name of ['SIGINT', 'close']) reader.on(name, () => left.abort());
  const ended = AbortSignal.any([over, left.signal]);
  return {
    ask: async (question) => {
      try {
        return (await reader.question(question, { signal: ended })).trim();
      } catch (error) {
        if (!ended.aborted) throw error;
        process.stdout.write('\n');
        return undefined;
      }
    },
    close: () => reader.close(),
  };
}
