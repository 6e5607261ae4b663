/** Put in by the build from `package.json`; absent where the source runs unbuilt. */
declare const builtVersion: string | undefined;

export const runnerVersion: string = typeof builtVersion === 'string' ? builtVersion : '0.0.0-unbuilt';
