import { isAlreadyExists, isConflict, isNamespaceGone, isNotFound } from '../client/index.ts'

/** Swallows that what was decided on is no longer so: the event that says it is on its way and asks for another look. */
export function ignoreOutdated(error: unknown): void {
  if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error) && !isNamespaceGone(error)) throw error
}
