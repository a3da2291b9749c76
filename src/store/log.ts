/** One key of one revision, as it lies on the disk. Rows are numbered in the order in which they were written. */
export interface Row {
  readonly row: number
  readonly key: string
  readonly revision: number
  readonly deleted: boolean
  readonly value: Buffer
}

/** Everything that a log remembers. */
export interface Recovered {
  /** In order of their numbers. */
  readonly rows: Iterable<Row>
  /** Revisions up to this one may have lost superseded rows. Revisions never start again below it. */
  readonly compacted: number
}

/** Durable rows in order: all that a driver has to bring. {@link LoggedStore} makes a store of it. */
export interface Log {
  /** Read once, before anything else. */
  recover(): Recovered
  /** Resolves when all of `rows` are durable. Rejects with a StoreError when none of them is. */
  append(rows: readonly Row[]): Promise<void>
  /** Drops rows, by their numbers, and remembers that history up to `compacted` is gone. */
  forget(rows: readonly number[], compacted: number): Promise<void>
  close(): Promise<void>
}
