import { duplicate, forbidden, invalid, invalids, notSupported, required, tooLong } from '../../../field.ts'
import type { Volume } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { dns1123Label, dns1123Subdomain } from '../../../names.ts'
import type { Written } from '../../../object.ts'
import { validateDownwardFile, validateItems, validateProjected } from './files.ts'
import type { Volumes } from './mounts.ts'
import { validateDescending, validateMode, validateNoBacksteps } from './paths.ts'

interface Checked {
  readonly errors: readonly FieldError[]
  readonly volumes: Volumes
}

/** As upstream's `ValidateVolumes`; `pod` is the Pod's name, empty in a template. */
export function checkVolumes(field: string, list: readonly Volume[], pod: string): Checked {
  const volumes = new Map<string, Volume>()
  const made = new Set(pod === '' ? [] : list.filter((one) => one.ephemeral).map(({ name }) => `${pod}-${name}`))
  const errors = list.flatMap((volume, index) => {
    const at = `${field}[${index}]`
    const found = [...validateSource(at, volume, pod), ...validateName(`${at}.name`, volume.name)]
    if (volumes.has(volume.name)) found.push(duplicate(`${at}.name`, volume.name))
    if (found.length === 0) volumes.set(volume.name, volume)
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim === undefined || !made.has(claim)) return found
    const rule = 'must not reference a PVC that gets created for an ephemeral volume'
    return [...found, invalid(`${at}.persistentVolumeClaim.claimName`, claim, rule)]
  })
  return { errors, volumes }
}

const validateName = (field: string, name: string | undefined): FieldError[] =>
  name ? invalids(field, name, dns1123Label(name)) : [required(field)]

/** All that a volume can be, in the order in which upstream looks: the first one counts. */
const SOURCES = ['emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs', 'flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte', 'downwardAPI', 'fc', 'flexVolume', 'configMap', 'azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'projected', 'scaleIO', 'csi', 'ephemeral', 'image'] as const // prettier-ignore
/** What the storage systems of others can't be without. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  storageos: ['volumeName'],
  scaleIO: ['gateway', 'system', 'volumeName'],
}
/** Upstream's slips of the pen, which its users see. */
const CALLED: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' }

function validateSource(field: string, volume: Volume, pod: string): FieldError[] {
  const [first, ...others] = SOURCES.filter((source) => volume[source] !== undefined)
  if (first === undefined) return [required(field, 'must specify a volume type')]
  const source = volume[first] as unknown as Readonly<Record<string, unknown>>
  const at = first === 'gcePersistentDisk' ? `${field}.persistentDisk` : `${field}.${first}`
  const missing = (NEEDS[first] ?? []).filter((need) => isEmpty(source[need])).map((need) => required(`${at}.${need}`))
  const more = others.map((other) => forbidden(`${field}.${CALLED[other] ?? other}`, 'may not specify more than 1 volume type'))
  return [...missing, ...validateOwn(field, volume, pod), ...more]
}

const isEmpty = (value: unknown): boolean => !value || (Array.isArray(value) && value.length === 0)

/** What the sources say that Kubernetes itself understands. */
function validateOwn(field: string, volume: Volume, pod: string): FieldError[] {
  const { emptyDir, hostPath, gitRepo, nfs, downwardAPI, projected, csi, image } = volume
  if (emptyDir?.sizeLimit?.startsWith('-')) {
    return [forbidden(`${field}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
  }
  if (hostPath) return validateHostPath(`${field}.hostPath`, hostPath)
  if (gitRepo) return validateDescending(`${field}.gitRepo.directory`, gitRepo.directory ?? '')
  if (nfs) return validateNfs(`${field}.nfs`, nfs)
  if (downwardAPI) {
    const files = downwardAPI.items ?? []
    return [
      ...validateMode(`${field}.downwardAPI.defaultMode`, downwardAPI.defaultMode),
      ...files.flatMap((file) => validateDownwardFile(`${field}.downwardAPI`, file)),
    ]
  }
  if (projected) return validateProjected(`${field}.projected`, projected)
  if (csi) return validateDriver(`${field}.csi.driver`, csi.driver ?? '')
  if (image) return validateImage(`${field}.image`, image, pod)
  return validateStored(field, volume, pod)
}

/** Contents that lie in other objects of the API. */
function validateStored(
  field: string,
  { name, secret, configMap, persistentVolumeClaim, ephemeral }: Volume,
  pod: string,
): FieldError[] {
  if (secret) {
    const found = secret.secretName ? [] : [required(`${field}.secret.secretName`)]
    found.push(...validateMode(`${field}.secret.defaultMode`, secret.defaultMode))
    return [...found, ...validateItems(`${field}.secret.items`, secret.items)]
  }
  if (configMap) {
    const found = configMap.name ? [] : [required(`${field}.configMap.name`)]
    found.push(...validateMode(`${field}.configMap.defaultMode`, configMap.defaultMode))
    return [...found, ...validateItems(`${field}.configMap.items`, configMap.items)]
  }
  if (persistentVolumeClaim) {
    return persistentVolumeClaim.claimName ? [] : [required(`${field}.persistentVolumeClaim.claimName`)]
  }
  if (!ephemeral) return []
  const found = ephemeral.volumeClaimTemplate ? [] : [required(`${field}.ephemeral.volumeClaimTemplate`)]
  if (pod === '' || !name) return found
  const claim = `${pod}-${name}`
  const why = dns1123Subdomain(claim).map((text) => `PVC name ${JSON.stringify(claim)}: ${text}`)
  return [...found, ...invalids(`${field}.name`, name, why)]
}

const HOST_PATHS = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

function validateHostPath(field: string, { path, type = '' }: NonNullable<Volume['hostPath']>): FieldError[] {
  if (!path) return [required(`${field}.path`)]
  const found = validateNoBacksteps(`${field}.path`, path)
  return HOST_PATHS.includes(type) ? found : [...found, notSupported(`${field}.type`, type, HOST_PATHS)]
}

type Nfs = NonNullable<Volume['nfs']>

function validateNfs(field: string, { server, path = '' }: Written<Nfs>): FieldError[] {
  const found = server ? [] : [required(`${field}.server`)]
  if (path === '') found.push(required(`${field}.path`))
  return path.startsWith('/') ? found : [...found, invalid(`${field}.path`, path, 'must be an absolute path')]
}

function validateDriver(field: string, driver: string): FieldError[] {
  const found = driver === '' ? [required(field)] : []
  if (driver.length > 63) found.push(tooLong(field, 63))
  return [...found, ...invalids(field, driver, dns1123Subdomain(driver.toLowerCase()))]
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']

/** A template may leave the image to whoever fills it in. */
function validateImage(field: string, { reference, pullPolicy }: NonNullable<Volume['image']>, pod: string): FieldError[] {
  const found = reference || pod === '' ? [] : [required(`${field}.reference`)]
  return [...found, ...validatePullPolicy(`${field}.pullPolicy`, pullPolicy)]
}

export function validatePullPolicy(field: string, policy: string | undefined): FieldError[] {
  if (!policy) return [required(field)]
  return PULL_POLICIES.includes(policy) ? [] : [notSupported(field, policy, PULL_POLICIES)]
}
