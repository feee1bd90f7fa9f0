import { DataSource } from 'typeorm';
import { migrations } from '../migrations/index.js';
import { entities } from './pathways/entities.js';

/** Times in milliseconds, enforced by the server (see database/sql.ts). */
const serverTimeouts = '-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC';

export const createDataSource = (url: string, poolSize = 10): DataSource => new DataSource({
  type: 'postgres', url, entities, migrations, migrationsTableName: 'migration', synchronize: false, logging: false,
  extra: { max: poolSize, connectionTimeoutMillis: 5_000, keepAlive: true, options: serverTimeouts, application_name: 'smertevejen' },
});
