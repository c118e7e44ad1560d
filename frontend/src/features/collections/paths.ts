export function collectionPath(name: string): string {
  return `/collections/${encodeURIComponent(name)}`;
}

export function searchPath(name: string): string {
  return `/?collection=${encodeURIComponent(name)}`;
}
