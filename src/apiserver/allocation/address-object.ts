import type { ObjectMeta } from '../../api/index.ts'
import type { Operation } from '../../store/index.ts'
import type { KubeObject } from '../api.ts'
import type { Random } from '../registry/core.ts'
import { timestamp } from '../registry/timestamp.ts'
import { encodePlain } from '../registry/encode.ts'
import { addressKey } from './addresses.ts'
import { familyOf } from './range.ts'

interface Making {
  readonly random: Random
  readonly clock: { now(): number }
}

/** Writes the object that says whose an address is. As upstream's `ipallocator.newIPAddress`. */
export function addressOperation(
  { random, clock }: Making,
  address: string,
  service: Pick<ObjectMeta, 'name' | 'namespace'>,
): Operation {
  const object = {
    kind: 'IPAddress',
    apiVersion: 'networking.k8s.io/v1',
    metadata: {
      name: address,
      uid: random.uuid(),
      creationTimestamp: timestamp(clock.now()),
      labels: {
        'ipaddress.kubernetes.io/ip-family': familyOf(address),
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace: service.namespace, name: service.name } },
  } as KubeObject
  const encoded = encodePlain(object)
  return { key: addressKey(address), expected: 0, value: (revision) => encoded.at(revision) }
}
