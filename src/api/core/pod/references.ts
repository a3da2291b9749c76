import type { Pod, Volume } from '../../generated/types.gen.ts'

/** What lies beside a Pod in its namespace and is read to run it, by name. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>
  readonly configMaps: ReadonlySet<string>
  readonly claims: ReadonlySet<string>
}

/** As upstream's `VisitPodSecretNames` and `VisitPodConfigmapNames`, and the claims of its volumes. */
export function podReferences({ spec, metadata }: Pod): PodReferences {
  const found = { secrets: new Set<string>(), configMaps: new Set<string>(), claims: new Set<string>() }
  const add = (names: Set<string>, name: string | undefined): void => void (name && names.add(name))
  for (const { name } of spec?.imagePullSecrets ?? []) add(found.secrets, name)
  for (const { env = [], envFrom = [] } of [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ]) {
    for (const { secretRef, configMapRef } of envFrom) {
      add(found.secrets, secretRef?.name)
      add(found.configMaps, configMapRef?.name)
    }
    for (const { valueFrom } of env) {
      add(found.secrets, valueFrom?.secretKeyRef?.name)
      add(found.configMaps, valueFrom?.configMapKeyRef?.name)
    }
  }
  for (const volume of spec?.volumes ?? []) addVolume(found, volume, metadata.name ?? '')
  return found
}

interface Found {
  readonly secrets: Set<string>
  readonly configMaps: Set<string>
  readonly claims: Set<string>
}

function addVolume({ secrets, configMaps, claims }: Found, volume: Volume, pod: string): void {
  const add = (names: Set<string>, name: string | undefined): void => void (name && names.add(name))
  add(secrets, volume.secret?.secretName)
  add(configMaps, volume.configMap?.name)
  add(claims, volume.persistentVolumeClaim?.claimName)
  if (volume.ephemeral) add(claims, `${pod}-${volume.name}`)
  const stored = [volume.cephfs, volume.flexVolume, volume.iscsi, volume.rbd, volume.scaleIO, volume.storageos]
  for (const source of stored) add(secrets, source?.secretRef?.name)
  add(secrets, volume.csi?.nodePublishSecretRef?.name)
  add(secrets, volume.azureFile?.secretName)
  for (const source of volume.projected?.sources ?? []) {
    add(secrets, source.secret?.name)
    add(configMaps, source.configMap?.name)
  }
}
