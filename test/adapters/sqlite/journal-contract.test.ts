import { openJournal } from '../../../src/adapters/sqlite/journal.ts';
import { describeJournal } from '../../contracts/journal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describeJournal('the journal in SQLite', (parts) => openJournal({ folder: temporaryFolder(), ...parts }));
