/**
 * Rows of one object: SQLite behind a migration table, counted as the platform bills them.
 *
 * Migrations run when something is first stored, so that an object which is only asked something stays without rows.
 * Each object's own statements stand in its `store.ts`; this file is the one way to them.
 *
 * @module
 */

type Value = ArrayBuffer | string | number | null;
type Row = Record<string, SqlStorageValue>;

export class Store {
  readonly #sql: SqlStorage;
  readonly #storage: DurableObjectStorage;
  readonly #migrations: readonly string[];
  #applied: number;
  /** Rows written by this instance, index entries, deletions and alarms included. */
  rowsWritten = 0;
  /** Rows that its queries have looked at. */
  rowsRead = 0;

  /** `migrations`: SQL scripts, appended to and never edited. */
  constructor(storage: DurableObjectStorage, migrations: readonly string[]) {
    this.#sql = storage.sql;
    this.#storage = storage;
    this.#migrations = migrations;
    this.#applied = this.#appliedMigrations();
    // An object that has rows is brought up to date at once; one without waits for its first row.
    if (this.#applied > 0 && this.#applied < migrations.length) this.#migrate();
  }

  #appliedMigrations(): number {
    const known = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_migrations'").toArray();
    if (known.length === 0) return 0;
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM _migrations").one().n;
  }

  #migrate(): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec("CREATE TABLE IF NOT EXISTS _migrations (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
      for (let id = this.#applied; id < this.#migrations.length; id++) {
        this.#sql.exec(this.#migrations[id] as string);
        this.#sql.exec("INSERT INTO _migrations (id, applied_at) VALUES (?, ?)", id, Date.now());
      }
    });
    this.#applied = this.#migrations.length;
  }

  /** True while nothing was ever stored here. */
  get empty(): boolean {
    return this.#applied === 0;
  }

  /** Rows of a query; none while nothing was ever stored. */
  read<T extends Row>(query: string, ...values: Value[]): T[] {
    if (this.#applied === 0) return [];
    const cursor = this.#sql.exec<T>(query, ...values);
    const rows = cursor.toArray();
    this.rowsRead += cursor.rowsRead;
    return rows;
  }

  /** Runs one statement that writes; answers the number of rows it touched, index entries included. */
  write(query: string, ...values: Value[]): number {
    if (this.#applied < this.#migrations.length) this.#migrate();
    const cursor = this.#sql.exec(query, ...values);
    cursor.toArray();
    this.rowsWritten += cursor.rowsWritten;
    this.rowsRead += cursor.rowsRead;
    return cursor.rowsWritten;
  }

  /** Runs `work` in one transaction. */
  transaction<T>(work: () => T): T {
    if (this.#applied < this.#migrations.length) this.#migrate();
    return this.#storage.transactionSync(work);
  }

  /** Sets the object's alarm unless an earlier one is set. Unix milliseconds. */
  async wakeBy(at: number): Promise<void> {
    const set = await this.#storage.getAlarm();
    if (set !== null && set <= at) return;
    this.rowsWritten++;
    await this.#storage.setAlarm(at);
  }
}
