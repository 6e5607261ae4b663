import { createMemoryTelemetry } from '../../../src/adapters/memory/telemetry.ts';
import { describeTelemetry } from '../../contracts/telemetry.ts';

describeTelemetry('telemetry in memory', createMemoryTelemetry);
