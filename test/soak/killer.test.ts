import { describe, expect, it } from 'vitest';
import { audit } from '../killer/auditor.ts';
import { runCampaign } from '../killer/campaign.ts';
import { scenarios } from '../killer/scenarios.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const kills = Number(process.env['RUNNER_SOAK_KILLS'] ?? 500);
const seed = Number(process.env['RUNNER_KILLER_SEED'] ?? Math.trunc(Math.random() * 1_000_000));

describe(`runner, killed ${kills} times (seed ${seed})`, () => {
  it('finishes every run, loses nothing, and does nothing twice', async () => {
    const campaign = await runCampaign({ folder: temporaryFolder(), kills, seed, crowd: 12 });

    expect(audit(campaign.evidence, scenarios)).toEqual([]);
    expect(campaign.complaints).toEqual([]);
    expect(campaign.answers).toBeGreaterThan(0);
  });
});
