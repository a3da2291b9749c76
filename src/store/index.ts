export { isStoreError, StoreError } from './errors.ts'
export type { StoreErrorCode } from './errors.ts'
export { memoryStore, openSqliteStore } from './open.ts'
export type { Change, Entry, Listener, ListSpan, Operation, Store } from './store.ts'
