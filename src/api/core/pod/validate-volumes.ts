import { duplicate, forbidden, invalids, required } from '../../field.ts'
import type { Volume } from '../../generated/types.gen.ts'
import type { FieldError } from '../../kind.ts'
import { dns1123Label } from '../../names.ts'

/** As upstream's `ValidateVolumes`, for the sources that Portolan mounts. */
export function validateVolumes(field: string, volumes: readonly Volume[]): FieldError[] {
  const names = new Set<string>()
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`
    const found = volume.name ? invalids(`${at}.name`, volume.name, dns1123Label(volume.name)) : [required(`${at}.name`)]
    if (names.has(volume.name)) found.push(duplicate(`${at}.name`, volume.name))
    names.add(volume.name)
    return [...found, ...validateSource(at, volume)]
  })
}

/** What each source can't be without. */
const NEEDS: Readonly<Record<string, string>> = {
  configMap: 'name',
  hostPath: 'path',
  persistentVolumeClaim: 'claimName',
  secret: 'secretName',
}

function validateSource(field: string, volume: Volume): FieldError[] {
  const [first, ...others] = Object.keys(volume).filter((key) => key !== 'name')
  if (first === undefined) return [required(field, 'must specify a volume type')]
  const found = others.map((other) => forbidden(`${field}.${other}`, 'may not specify more than 1 volume type'))
  const need = NEEDS[first]
  const source = (volume as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[first]
  if (need !== undefined && !source?.[need]) found.push(required(`${field}.${first}.${need}`))
  return found
}
