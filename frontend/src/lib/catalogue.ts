import { useQuery } from "@tanstack/react-query";
import { answered, api } from "./api";
import { strings } from "./strings";

const MINUTE = 60_000;

/** The extractors that the server knows, with their summaries and the metrics that they allow. */
export function useExtractors() {
  return useQuery({
    queryKey: ["extractors"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/extractors", { signal }), strings.app.away),
    staleTime: MINUTE,
  });
}

export function useMetrics() {
  return useQuery({
    queryKey: ["metrics"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/metrics", { signal }), strings.app.away),
    staleTime: Infinity,
  });
}

export function useCollections() {
  return useQuery({
    queryKey: ["collections"],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections", { params: { query: { limit: 1000 } }, signal }),
        strings.app.away,
      ),
  });
}

/** What a collection knows of one of its images; nothing is asked without an id. */
export function useImage(collection: string, id: string | null) {
  return useQuery({
    queryKey: ["image", collection, id],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections/{collection}/images/{id}", {
          params: { path: { collection, id: id ?? "" } },
          signal,
        }),
        strings.app.away,
      ),
    enabled: id !== null && collection !== "",
    staleTime: MINUTE,
  });
}
