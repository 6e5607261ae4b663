import type { EpochMs } from '../../model/time.ts';
import type { SqlRow } from './database.ts';
import type { World } from './tool.ts';

/** A service as its row tells. */
export interface Service {
  readonly id: string;
  readonly name: string;
  readonly repo: string;
  readonly branch: string;
  /**
   * - `steady`: live.
   * - `relapses`: ill; a restart or a deploy helps for a while.
   * - `needs_deploy`: the same, but it refuses restarts.
   * - `lost`: ill, and nothing helps.
   */
  readonly nature: string;
  readonly suspended: boolean;
  /** What was last asked for: `restarting` or `deploying`. */
  readonly phase: string | null;
  /** When that is over. */
  readonly recoversAt: EpochMs | null;
  /** When somebody first saw it live after that. */
  readonly seenLiveAt: EpochMs | null;
  readonly restarts: number;
}

/** `live`, `unhealthy`, `restarting`, `deploying` or `suspended`. */
export function stateOf(service: Service, world: World): string {
  if (service.suspended) return 'suspended';
  if (service.recoversAt !== null && world.now < service.recoversAt) return service.phase ?? 'restarting';
  switch (service.nature) {
    case 'steady':
      return 'live';
    case 'lost':
      return 'unhealthy';
    default:
      return service.recoversAt === null || hasRelapsed(service, world) ? 'unhealthy' : 'live';
  }
}

/** How long a service of nature `relapses` stays well once somebody saw it live. */
export function relapseMs(world: World): number {
  return world.recoveryMs;
}

// Counted from the first look, so that a run that was killed in between still finds it live when it is resumed; and
// over with the next sandbox, so that the same command shows the same recovery every time.
function hasRelapsed(service: Service, world: World): boolean {
  if (service.seenLiveAt === null) return false;
  return service.seenLiveAt < world.startedAt || world.now >= service.seenLiveAt + relapseMs(world);
}

export function serviceFromRow(row: SqlRow): Service {
  return {
    id: String(row['id']),
    name: String(row['name']),
    repo: String(row['repo']),
    branch: String(row['branch']),
    nature: String(row['nature']),
    suspended: row['suspended'] === 1,
    phase: typeof row['phase'] === 'string' ? row['phase'] : null,
    recoversAt: row['recovers_at'] === null ? null : Number(row['recovers_at']),
    seenLiveAt: row['seen_live_at'] === null ? null : Number(row['seen_live_at']),
    restarts: Number(row['restarts']),
  };
}
