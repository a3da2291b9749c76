import type { Entry } from '../../store/index.ts'
import { notFound } from '../http/status-error.ts'
import type { Core } from './core.ts'
import { aboutOf, storeKey } from './location.ts'
import type { Location } from './location.ts'

/** The object as it is stored. Throws NotFound when there is none. */
export function mustGet(core: Core, location: Location): Entry {
  const entry = core.store.get(storeKey(location))
  if (!entry) throw notFound(aboutOf(location))
  return entry
}
