import { hexOf } from './digest.ts'
import { BadImage } from './image.ts'

/** What leads to content: OCI image specification, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations: Readonly<Record<string, string>>
  readonly platform: Platform | undefined
}

export interface Platform {
  readonly os: string
  readonly architecture: string
}

/** One image for one platform. */
export interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const CONFIG = 'application/vnd.oci.image.config.v1+json'
export const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'

/** The kinds of manifest that are understood, for a registry. */
export const ACCEPTED = [INDEX, DOCKER_LIST, MANIFEST, DOCKER_MANIFEST].join(', ')

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' }

/** `architecture` as Node.js calls it. */
export const linuxOn = (architecture: string): Platform => ({
  os: 'linux',
  architecture: ARCHITECTURES[architecture] ?? architecture,
})

/** Any JSON object with its parts still unknown; empty for anything else. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
export const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The images that a list of them names; undefined when `value` is no list. */
export function readIndex(value: unknown): readonly Descriptor[] | undefined {
  const { manifests } = record(value)
  return Array.isArray(manifests) ? manifests.map(readDescriptor) : undefined
}

/** Throws {@link BadImage} for anything else than an image's manifest. */
export function readManifest(value: unknown): Manifest {
  const { config, layers, schemaVersion } = record(value)
  if (schemaVersion === 1) throw new BadImage('a manifest of the first version, which nobody writes any more')
  if (config === undefined || !Array.isArray(layers)) throw new BadImage('this is not the manifest of an image')
  return { config: readDescriptor(config), layers: layers.map(readDescriptor) }
}

function readDescriptor(value: unknown): Descriptor {
  const { mediaType, digest, size, annotations, platform } = record(value)
  hexOf(digest)
  const { os, architecture } = record(platform)
  return {
    mediaType: textOf(mediaType),
    digest: textOf(digest),
    size: typeof size === 'number' ? size : 0,
    annotations: Object.fromEntries(Object.entries(record(annotations)).map(([key, text]) => [key, textOf(text)])),
    platform: platform === undefined ? undefined : { os: textOf(os), architecture: textOf(architecture) },
  }
}

/** The one for `platform`, or the only one when it doesn't say. Throws {@link BadImage} with what there is. */
export function choose(manifests: readonly Descriptor[], platform: Platform): Descriptor {
  const fits = manifests.find((each) => each.platform?.os === platform.os && each.platform.architecture === platform.architecture)
  if (fits) return fits
  const [first] = manifests
  if (first && manifests.length === 1 && !first.platform) return first
  const there = manifests.map((each) => `${each.platform?.os}/${each.platform?.architecture}`).join(', ')
  throw new BadImage(`no match for platform ${platform.os}/${platform.architecture} in manifest: there is ${there || 'nothing'}`)
}
