/** Files that volumes make of other objects' contents. */
import { forbidden, invalid, required } from '../../../field.ts'
import type { DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from '../../../generated/types.gen.ts' // prettier-ignore
import type { FieldError } from '../../../kind.ts'
import type { Written } from '../../../object.ts'
import { OF_FILES, validateFieldRef, validateResourceRef } from './environment.ts'
import { validateFileName, validateMode } from './paths.ts'

/** A key of a ConfigMap or Secret, and the file that it becomes. As upstream's `validateKeyToPath`. */
export const validateItems = (field: string, items: readonly KeyToPath[] = []): FieldError[] =>
  items.flatMap((item, index) => {
    const at = `${field}[${index}]`
    const { key = '', path = '', mode } = item as Written<KeyToPath>
    return [
      ...(key === '' ? [required(`${at}.key`)] : []),
      ...(path === '' ? [required(`${at}.path`)] : []),
      ...validateFileName(`${at}.path`, path),
      ...validateMode(`${at}.mode`, mode),
    ]
  })

/** As upstream's `validateDownwardAPIVolumeFile`, which names the list for each of its files. */
export function validateDownwardFile(field: string, file: DownwardAPIVolumeFile): FieldError[] {
  const { path = '', fieldRef, resourceFieldRef, mode } = file as Written<DownwardAPIVolumeFile>
  const found = path === '' ? [required(`${field}.path`)] : validateFileName(`${field}.path`, path)
  if (fieldRef) {
    found.push(...validateFieldRef(`${field}.fieldRef`, fieldRef, OF_FILES))
    const both = 'fieldRef and resourceFieldRef can not be specified simultaneously'
    if (resourceFieldRef) found.push(invalid(field, 'resource', both))
  } else if (resourceFieldRef) {
    found.push(...validateResourceRef(`${field}.resourceFieldRef`, resourceFieldRef, { named: true }))
  } else found.push(required(field, 'one of fieldRef and resourceFieldRef is required'))
  return [...found, ...validateMode(`${field}.mode`, mode)]
}

/** As upstream's `validateProjectedVolumeSource`. No two sources may write the same file. */
export function validateProjected(field: string, { defaultMode, sources = [] }: ProjectedVolumeSource): FieldError[] {
  const paths = new Set<string>()
  return [
    ...validateMode(`${field}.defaultMode`, defaultMode),
    ...sources.flatMap((source, index) => {
      const at = `${field}.sources[${index}]`
      const found = [...validateProjection(at, source), ...validateToken(field, at, source.serviceAccountToken)]
      for (const { path, by } of pathsOf(source)) {
        if (paths.has(path)) found.push(invalid(field, by, 'conflicting duplicate paths'))
        paths.add(path)
      }
      if (Object.keys(source).length > 1) found.push(forbidden(at, 'may not specify more than 1 volume type per source'))
      return found
    }),
  ]
}

function validateProjection(field: string, { secret, configMap, downwardAPI }: VolumeProjection): FieldError[] {
  const found: FieldError[] = []
  for (const [place, source] of Object.entries({ secret, configMap })) {
    if (!source) continue
    if (!source.name) found.push(required(`${field}.${place}.name`))
    found.push(...validateItems(`${field}.${place}.items`, source.items))
  }
  for (const file of downwardAPI?.items ?? []) found.push(...validateDownwardFile(`${field}.downwardAPI`, file))
  return found
}

/** Files that sources name themselves, and what a complaint shows: upstream shows the object's name where there is one. */
const pathsOf = ({ secret, configMap, downwardAPI }: VolumeProjection): { path: string; by: string }[] => [
  ...(secret?.items ?? []).map(({ path }) => ({ path, by: secret?.name ?? '' })),
  ...(configMap?.items ?? []).map(({ path }) => ({ path, by: configMap?.name ?? '' })),
  ...(downwardAPI?.items ?? []).map(({ path }) => ({ path, by: path })),
]

/** In seconds. */
const SHORTEST = 600
const LONGEST = 2 ** 32

function validateToken(volume: string, field: string, token: ServiceAccountTokenProjection | undefined): FieldError[] {
  if (!token) return []
  const at = `${field}.serviceAccountToken.expirationSeconds`
  const { expirationSeconds: seconds = 0, path = '' } = token as Written<ServiceAccountTokenProjection>
  const found: FieldError[] = []
  if (seconds < SHORTEST) found.push(invalid(at, seconds, 'may not specify a duration less than 10 minutes'))
  if (seconds > LONGEST) found.push(invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'))
  return [...found, ...(path === '' ? [required(`${volume}.path`)] : validateFileName(`${volume}.path`, path))]
}
