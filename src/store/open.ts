import { LoggedStore } from './logged-store.ts'
import { memoryLog } from './memory-log.ts'
import { openSqliteLog } from './sqlite-log.ts'
import type { Store } from './store.ts'
import type { WindowLimits } from './window.ts'

/** A store in memory, for tests and clusters that needn't outlive their process. */
export const memoryStore = (window?: WindowLimits): Store => new LoggedStore(memoryLog(), window)

/** The store in the file at `path`, made when there is none. Rejects with a StoreError when it can't be had. */
export const openSqliteStore = async (path: string, window?: WindowLimits): Promise<Store> =>
  new LoggedStore(await openSqliteLog(path), window)
