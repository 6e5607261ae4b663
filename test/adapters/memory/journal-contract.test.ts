import { createMemoryJournal } from '../../../src/adapters/memory/journal.ts';
import { describeJournal } from '../../contracts/journal.ts';

describeJournal('the journal in memory', async (parts) => createMemoryJournal(parts));
