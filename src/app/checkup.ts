/** One finding of the doctor. */
export interface Checkup {
  readonly subject:
    'node' | 'configuration' | 'storage' | 'sqlite' | 'cache' | 'limits' | 'bridge' | 'server' | 'lock' | 'workflows';
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly remedy?: string;
}
