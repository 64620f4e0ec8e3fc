package org.crunet.zoo;

import ai.djl.repository.AbstractRepository;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** What DJL lists the zoo from: one artifact a network, with nothing on disk and nothing to fetch. */
final class Shelf extends AbstractRepository {

    Shelf() {
        super(CruZoo.GROUP_ID, URI.create("crunet:///"));
    }

    @Override
    public Metadata locate(MRL mrl) {
        Artifact artifact = new Artifact();
        artifact.setName(mrl.getArtifactId());
        Metadata metadata = new Metadata.MatchAllMetadata();
        metadata.setGroupId(mrl.getGroupId());
        metadata.setArtifactId(mrl.getArtifactId());
        metadata.setApplication(mrl.getApplication());
        metadata.setArtifacts(List.of(artifact));
        return metadata;
    }

    @Override
    public Artifact resolve(MRL mrl, Map<String, String> filter) {
        return locate(mrl).getArtifacts().get(0);
    }

    @Override
    public boolean isRemote() {
        return false;
    }

    @Override
    public List<MRL> getResources() {
        return List.of();
    }
}
