import { forbidden, invalid, notFound, notSupported, required } from '../../../field.ts'
import type { Container, Volume, VolumeDevice, VolumeMount } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { validateDescending, validateNoBacksteps } from './paths.ts'

/** The volumes of a Pod that are right themselves, by name: to a mount, the others aren't there. */
export type Volumes = ReadonlyMap<string, Volume>

type Mounting = Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>

/** As upstream's `ValidateVolumeMounts`. */
export function validateMounts(field: string, container: Mounting, volumes: Volumes): FieldError[] {
  const { volumeMounts = [], volumeDevices = [], securityContext } = container
  const paths = new Set<string>()
  return volumeMounts.flatMap((mount, index) => {
    const at = `${field}[${index}]`
    const { name, mountPath } = mount
    const found: FieldError[] = name ? [] : [required(`${at}.name`)]
    if (!volumes.has(name)) found.push(notFound(`${at}.name`, name ?? ''))
    if (!mountPath) found.push(required(`${at}.mountPath`))
    if (paths.has(mountPath)) found.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (volumeDevices.some((device) => device.name === name)) {
      found.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    }
    if (volumeDevices.some((device) => device.devicePath === mountPath)) {
      found.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'))
    }
    found.push(...validateSubPath(field, mount, { at, image: volumes.get(name)?.image !== undefined }))
    found.push(...validatePropagation(`${field}.mountPropagation`, mount, securityContext?.privileged ?? false))
    return [...found, ...validateRecursive(`${field}.recursiveReadOnly`, mount)]
  })
}

interface Mounted {
  readonly at: string
  /** The files are an image's. */
  readonly image: boolean
}

/** That some findings name the list rather than the mount is upstream's. */
function validateSubPath(list: string, { subPath = '', subPathExpr = '' }: VolumeMount, { at, image }: Mounted): FieldError[] {
  const found: FieldError[] = []
  const never = 'not allowed in image volume sources'
  if (image && subPath !== '') found.push(invalid(`${at}.subPath`, subPath, never))
  if (image && subPathExpr !== '') found.push(invalid(`${at}.subPathExpr`, subPathExpr, never))
  if (subPath !== '') found.push(...validateDescending(`${list}.subPath`, subPath))
  if (subPathExpr === '') return found
  if (subPath !== '') found.push(invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
  return [...found, ...validateDescending(`${list}.subPathExpr`, subPathExpr)]
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None']

function validatePropagation(field: string, { mountPropagation: mode }: VolumeMount, privileged: boolean): FieldError[] {
  if (mode === undefined) return []
  if (!PROPAGATIONS.includes(mode)) return [notSupported(field, mode, PROPAGATIONS)]
  const rule = 'Bidirectional mount propagation is available only to privileged containers'
  return mode === 'Bidirectional' && !privileged ? [forbidden(field, rule)] : []
}

function validateRecursive(
  field: string,
  { recursiveReadOnly: mode, readOnly, mountPropagation = 'None' }: VolumeMount,
): FieldError[] {
  if (mode === undefined || mode === 'Disabled') return []
  const modes = ['Disabled', 'Enabled', 'IfPossible']
  if (!modes.includes(mode)) return [notSupported(field, mode, modes)]
  const found: FieldError[] = []
  if (!readOnly) found.push(forbidden(field, 'may only be specified when readOnly is true'))
  if (mountPropagation === 'None') return found
  return [...found, forbidden(field, 'may only be specified when mountPropagation is None or not specified')]
}

/** As upstream's `ValidateVolumeDevices`. */
export function validateDevices(
  field: string,
  { volumeDevices = [], volumeMounts = [] }: Mounting,
  volumes: Volumes,
): FieldError[] {
  const names = new Set<string>()
  const paths = new Set<string>()
  return volumeDevices.flatMap((device, index) => {
    const at = `${field}[${index}]`
    const found = validateDevice(at, device, { names, paths, volume: volumes.get(device.name) })
    if (volumeMounts.some(({ name }) => name === device.name)) {
      found.push(invalid(`${at}.name`, device.name, 'must not already exist in volumeMounts'))
    }
    if (volumeMounts.some(({ mountPath }) => mountPath === device.devicePath)) {
      found.push(invalid(`${at}.devicePath`, device.devicePath, 'must not already exist as a path in volumeMounts'))
    }
    return found
  })
}

interface Among {
  readonly names: Set<string>
  readonly paths: Set<string>
  readonly volume: Volume | undefined
}

function validateDevice(at: string, { name, devicePath }: VolumeDevice, { names, paths, volume }: Among): FieldError[] {
  const found: FieldError[] = name ? [] : [required(`${at}.name`)]
  if (name && names.has(name)) found.push(invalid(`${at}.name`, name, 'must be unique'))
  names.add(name)
  if (!volume) found.push(notFound(`${at}.name`, name ?? ''))
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const rule = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
    found.push(invalid(`${at}.name`, name, rule))
  }
  if (!devicePath) found.push(required(`${at}.devicePath`))
  if (paths.has(devicePath)) found.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'))
  if (validateNoBacksteps('', devicePath ?? '').length > 0) {
    found.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"))
  } else paths.add(devicePath)
  return found
}
