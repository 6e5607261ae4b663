import { runCommandLine } from './command-line.ts';

void runCommandLine(process.argv);
