import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { audit } from './auditor.ts';
import { runCampaign } from './campaign.ts';
import { scenarios } from './scenarios.ts';

/** Set to repeat a campaign; the processes keep their own pace, so it is nearly the same. */
const seed = Number(process.env['RUNNER_KILLER_SEED'] ?? Math.trunc(Math.random() * 1_000_000));

const kills = 30;

describe(`runner, killed at any moment (seed ${seed})`, () => {
  it('finishes every run, loses nothing, and does nothing twice', { timeout: 180_000 }, async () => {
    const campaign = await runCampaign({ folder: temporaryFolder(), kills, seed, crowd: 3 });

    expect(audit(campaign.evidence, scenarios)).toEqual([]);
    expect(campaign.complaints).toEqual([]);
    expect(campaign.kills).toBeGreaterThanOrEqual(kills);
    const begun = campaign.evidence.runs.map(({ workflow }) => workflow);
    expect(begun).toEqual(expect.arrayContaining(scenarios.map(({ name }) => name)));
  });
});
