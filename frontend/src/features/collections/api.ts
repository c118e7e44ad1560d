import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import { answered, api, Problem, type Schemas } from "@/lib/api";
import { isActive, type Job } from "@/lib/jobs";
import { useMayWrite } from "@/lib/session";
import { strings } from "@/lib/strings";

export type CollectionSummary = Schemas["CollectionSummary"];
export type CollectionExtractor = Schemas["CollectionExtractor"];
export type Deleted = Schemas["DeletedCollection"];
export type Entry = Schemas["Entry"];

const away = strings.app.away;
const BUSY_MS = 3_000;
const IDLE_MS = 15_000;
export const PAGE = 50;
/** So many jobs are looked through for those of one collection. */
const LATEST = 100;

export function useCollection(name: string) {
  return useQuery({
    queryKey: ["collections", name],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/collections/{collection}", {
          params: { path: { collection: name }, query: { folders: true } },
          signal,
        }),
        away,
      ),
  });
}

/** All that is shown of collections, images and the trash may have changed; jobs have lists of their own. */
function collectionsChanged(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
}

export function useCreateCollection() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; extractors: string[] | null }) =>
      answered(api.POST("/api/v1/collections", { body }), away),
    onSuccess: () => collectionsChanged(client),
  });
}

export function useDeleteCollection() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      answered(
        api.DELETE("/api/v1/collections/{collection}", { params: { path: { collection: name } } }),
        away,
      ),
    onSuccess: (_, name) => {
      client.removeQueries({ queryKey: ["collections", name] });
      return collectionsChanged(client);
    },
  });
}

export function useIndexFolder(collection: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["FolderToIndex"]) =>
      answered(
        api.POST("/api/v1/collections/{collection}/folders", { params: { path: { collection } }, body }),
        away,
      ),
    onSuccess: () => jobsChanged(client),
  });
}

export function useFolders(path: string) {
  return useQuery({
    queryKey: ["folders", path],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/folders", { params: { query: { path, limit: 1000 } }, signal }), away),
  });
}

export function useAddExtractor(collection: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (extractor: string) =>
      answered(
        api.POST("/api/v1/collections/{collection}/extractors", {
          params: { path: { collection } },
          body: { extractor },
        }),
        away,
      ),
    onSuccess: () => jobsChanged(client),
  });
}

export function useDropExtractor(collection: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (extractor: string) =>
      answered(
        api.DELETE("/api/v1/collections/{collection}/extractors/{extractor}", {
          params: { path: { collection, extractor } },
        }),
        away,
      ),
    onSuccess: () => collectionsChanged(client),
  });
}

export type Upkeep = "check" | "compact";

export function useUpkeep(collection: string) {
  const client = useQueryClient();
  const params = { path: { collection } };
  return useMutation({
    mutationFn: (work: Upkeep) =>
      answered(
        work === "check"
          ? api.POST("/api/v1/collections/{collection}/check", { params })
          : api.POST("/api/v1/collections/{collection}/compact", { params }),
        away,
      ),
    onSuccess: () => jobsChanged(client),
  });
}

/** The latest jobs, or a page of all of them. Asked often while one of them is at work. */
export function useJobs(offset = 0, limit = LATEST) {
  return useQuery({
    queryKey: ["jobs", "list", offset, limit],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/jobs", { params: { query: { offset, limit } }, signal }), away),
    enabled: useMayWrite(),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.jobs.some(isActive) ? BUSY_MS : IDLE_MS),
  });
}

export function jobsChanged(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["jobs"] });
}

/** Put a job's news into every list that shows it. */
export function tellOfJob(client: QueryClient, job: Job): void {
  client.setQueriesData<Schemas["JobList"]>({ queryKey: ["jobs", "list"] }, (list) =>
    list ? { ...list, jobs: list.jobs.map((one) => (one.id === job.id ? job : one)) } : list,
  );
  if (!isActive(job)) void collectionsChanged(client);
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answered(api.POST("/api/v1/jobs/{id}/cancel", { params: { path: { id } } }), away),
    onSuccess: (job) => {
      tellOfJob(client, job);
    },
    onSettled: () => jobsChanged(client),
  });
}

export function useResumeJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answered(api.POST("/api/v1/jobs/{id}/resume", { params: { path: { id } } }), away),
    onSuccess: (job) => {
      tellOfJob(client, job);
    },
    onSettled: () => jobsChanged(client),
  });
}

export const FAILURES_PAGE = 10;

export function useFailures(job: Job, page: number) {
  const query = { offset: (page - 1) * FAILURES_PAGE, limit: FAILURES_PAGE };
  return useQuery({
    queryKey: ["jobs", "failures", job.id, job.failed, query.offset],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/jobs/{id}/failures", { params: { path: { id: job.id }, query }, signal }),
        away,
      ),
    placeholderData: keepPreviousData,
  });
}

export function useTrash(page: number) {
  return useQuery({
    queryKey: ["trash", page],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/trash", { params: { query: { offset: (page - 1) * PAGE, limit: PAGE } }, signal }),
        away,
      ),
    enabled: useMayWrite(),
    placeholderData: keepPreviousData,
  });
}

export function useEmptyTrash() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answered(api.DELETE("/api/v1/trash"), away),
    onSuccess: () => client.invalidateQueries({ queryKey: ["trash"] }),
  });
}

export interface Restoring {
  readonly collection: string;
  /** What the collection is made anew with where it is gone; null: the server's choice. */
  readonly make: { readonly extractors: string[] | null } | null;
  /** The uploaded copies, where there are some. */
  readonly entry: string | null;
}

/** An earlier try may have made it and failed after. */
async function makeUnlessThere(body: { name: string; extractors: string[] | null }): Promise<void> {
  try {
    await answered(api.POST("/api/v1/collections", { body }), away);
  } catch (error) {
    if (!(error instanceof Problem && error.status === 409)) throw error;
  }
}

/** Put copies back from the trash, and make their collection anew before where it is gone. */
export function useRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ collection, make, entry }: Restoring) => {
      if (make) {
        await makeUnlessThere({ name: collection, extractors: make.extractors });
      }
      if (entry) {
        const params = { path: { entry } };
        await answered(api.POST("/api/v1/trash/{entry}/restore", { params }), away);
      }
    },
    onSettled: () => collectionsChanged(client),
  });
}
