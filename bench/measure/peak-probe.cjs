// Preloaded into a measured process: at its end it writes the most memory that it ever held, in KB.
const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.BENCH_PEAK_FILE, String(peakKb())));

function peakKb() {
  try {
    // The kernel's maxRSS of a process begins with what its parent held at the fork; this does not.
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
