import { invalid } from '../../../field.ts'
import type { FieldError } from '../../../kind.ts'

export const validateNoBacksteps = (field: string, path: string): FieldError[] =>
  path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : []

/** A path within a volume. As upstream's `validateLocalDescendingPath`. */
export const validateDescending = (field: string, path: string): FieldError[] => [
  ...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []),
  ...validateNoBacksteps(field, path),
]

/** A file in a volume that is written as a whole: names with two dots are the writer's own. As `ValidateLocalNonReservedPath`. */
export function validateFileName(field: string, path: string): FieldError[] {
  const found = validateDescending(field, path)
  if (path.startsWith('..') && !path.startsWith('../')) found.push(invalid(field, path, "must not start with '..'"))
  return found
}

const MOST = 0o777

export const validateMode = (field: string, mode: number | undefined): FieldError[] =>
  mode === undefined || (mode >= 0 && mode <= MOST)
    ? []
    : [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
