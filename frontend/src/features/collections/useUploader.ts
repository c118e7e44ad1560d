import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { jobsChanged } from "./api";
import { Uploader, type Upload } from "./uploader";

const uploaders = new WeakMap<QueryClient, Map<string, Uploader>>();

/** The upload to a collection, which goes on while other pages are looked at. */
export function useUploader(collection: string): readonly [Uploader, Upload] {
  const uploader = uploaderOf(useQueryClient(), collection);
  return [uploader, useSyncExternalStore(uploader.subscribe, uploader.snapshot)];
}

function uploaderOf(client: QueryClient, collection: string): Uploader {
  const known = uploaders.get(client) ?? new Map<string, Uploader>();
  uploaders.set(client, known);
  const uploader = known.get(collection) ?? new Uploader(collection, () => void jobsChanged(client));
  known.set(collection, uploader);
  return uploader;
}
